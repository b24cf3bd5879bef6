"""Route table of the outlet's desk: URL, endpoint, view, permission."""

from marketplace.accounts.policies import Permission
from marketplace.kernel.web import Route
from marketplace.outlet_desk.channel import views as channel
from marketplace.outlet_desk.collecting import views as collecting
from marketplace.outlet_desk.commission import views as commission
from marketplace.outlet_desk.month import views as month
from marketplace.outlet_desk.pickups import views as pickups
from marketplace.outlet_desk.today import views as today
from marketplace.outlet_desk.villager import views as villager

OUTLET = Permission.OUTLET
POST, FORM = ("POST",), ("GET", "POST")

routes: list[Route] = [
    Route("/outlet", "outlet.home", today.home, OUTLET),
    Route("/outlet/switch", "outlet.switch", today.switch, OUTLET, FORM),
    Route("/outlet/pickups", "outlet.pickups", pickups.index, OUTLET),
    Route("/outlet/pickups/<number>/arrived", "outlet.arrived", pickups.arrived, OUTLET, POST),
    Route("/outlet/hand-over", "outlet.hand_over", pickups.hand_over, OUTLET, FORM),
    Route("/outlet/goods", "outlet.goods", villager.goods, OUTLET),
    Route("/outlet/basket", "outlet.basket", villager.basket, OUTLET, FORM),
    Route("/outlet/basket/add", "outlet.basket_add", villager.add, OUTLET, POST),
    Route("/outlet/orders", "outlet.orders", villager.orders, OUTLET),
    Route("/outlet/orders/<number>", "outlet.order", villager.order, OUTLET),
    Route("/outlet/orders/<number>/slip", "outlet.slip", villager.slip, OUTLET),
    Route("/outlet/lots", "outlet.lots", collecting.lots, OUTLET),
    Route("/outlet/lots/new", "outlet.collect", collecting.choose, OUTLET),
    Route("/outlet/lots/new/<int:sku_id>", "outlet.collect_sku", collecting.collect, OUTLET, FORM),
    Route("/outlet/lots/<int:lot_id>/receipt", "outlet.receipt", collecting.receipt, OUTLET),
    Route("/outlet/channel", "outlet.channel", channel.show, OUTLET),
    Route("/outlet/channel/poster", "outlet.poster", channel.poster, OUTLET),
    Route("/outlet/month", "outlet.month", month.show, OUTLET),
    Route("/outlet/commission", "outlet.commission", commission.show, OUTLET),
    Route("/outlet/commission.csv", "outlet.commission_export", commission.export, OUTLET),
]
