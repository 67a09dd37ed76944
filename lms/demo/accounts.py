"""The accounts of the demo city, as printed by ``make run``."""

PASSWORD = "Demo-2026!"  # noqa: S105 - a demo account, printed on purpose

# user name, who it is, where it starts
ACCOUNTS = (
    ("worker", "学员 worker", "/learn/"),
    ("manager", "企业安全管理员 enterprise manager", "/office/"),
    ("base", "培训基地教务 base administrator", "/admin/"),
    ("officer", "市局安监员 bureau officer", "/admin/"),
    ("town", "镇街安监员 town officer", "/admin/"),
    ("editor", "编辑 editor", "/admin/"),
    ("reviewer", "审稿 second reader", "/admin/"),
    ("admin", "系统管理员 administrator", "/admin/"),
)


def demo_accounts(address: str) -> str:
    """Return the table of demo accounts, with addresses, fit for a terminal."""
    rows = [f"  {name:<9} {address}{start:<9} {who}" for name, who, start in ACCOUNTS]
    return "\n".join([f"Demo accounts, password {PASSWORD}", *rows, ""]) + "\n"
