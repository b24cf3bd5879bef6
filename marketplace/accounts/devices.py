"""What a browser is called, and where it came from, so that people know their own again. Pure."""

from ipaddress import IPv4Address, ip_address

UNKNOWN = "没认出来的设备"
#: first match wins: what apps and browsers call themselves contains one another's names
_BROWSERS = (
    ("MicroMessenger", "微信"),
    ("AlipayClient", "支付宝"),
    ("QQBrowser", "QQ 浏览器"),
    ("HuaweiBrowser", "华为浏览器"),
    ("MiuiBrowser", "小米浏览器"),
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("OpenHarmony", "鸿蒙设备"),
    ("HarmonyOS", "鸿蒙设备"),
    ("Android", "安卓手机"),
    ("Windows", "Windows 电脑"),
    ("Macintosh", "苹果电脑"),
    ("Linux", "Linux 电脑"),
)


def _first(agent: str, known: tuple[tuple[str, str], ...]) -> str:
    return next((word for sign, word in known if sign in agent), "")


def _gap(sign: str) -> str:
    """Between Latin letters and Chinese there is a space."""
    return " " if sign.isascii() else ""


def device_words(agent: str) -> str:
    """ "Windows 电脑上的 Chrome"; never anything of the text itself, which whoever sends it may choose."""
    system, browser = _first(agent, _SYSTEMS), _first(agent, _BROWSERS)
    if system and browser:
        return f"{system}{_gap(system[-1])}上的{_gap(browser[0])}{browser}"
    return system or browser or UNKNOWN


def network_words(address: str) -> str:
    """The network of an address without who in it: 203.0.113.*, 2001:db8:1:*; '' when it is none."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    mapped = None if isinstance(parsed, IPv4Address) else parsed.ipv4_mapped
    if mapped is not None:
        parsed = mapped
    if isinstance(parsed, IPv4Address):
        return f"{str(parsed).rpartition('.')[0]}.*"
    return ":".join(f"{int(group, 16):x}" for group in parsed.exploded.split(":")[:3]) + ":*"
