"""What a member keeps an eye on: favourites, and packings to hear of once there are some again. It knows no order."""
