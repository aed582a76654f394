"""The GIMP host: its filters as tools, their replica, the plug-in, and the photo commands."""
