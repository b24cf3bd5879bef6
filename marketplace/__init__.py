"""The platform around the four domain packages: kernel, people, faces and the composition root."""
