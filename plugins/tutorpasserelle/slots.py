"""The link to *My Passerelle* in the user's menu of every micro-frontend, by whichever means this Tutor has.

Through Tutor 21 all micro-frontends have plugin slots (`PLUGIN_SLOTS`); from 22 on some live in one site together,
which has slots of another kind (`FRONTEND_SLOTS`). The link's own code is in the patches `mfe-…`. The image of the
micro-frontends is Tutor's own until `tutor images build mfe` builds one with the link in it.
"""

from __future__ import annotations

from tutor.__about__ import __version__ as tutor_version

# A component's name there, the slot of the header, and the name that it had before Teak was finished.
USER_MENUS = (
    ("PasserelleMenuItem", "org.openedx.frontend.layout.header_desktop_user_menu.v1", "desktop_user_menu_slot"),
    ("PasserelleMobileItem", "org.openedx.frontend.layout.header_mobile_user_menu.v1", "mobile_user_menu_slot"),
    ("PasserelleMenuItem", "org.openedx.frontend.layout.header_learning_user_menu.v1", "learning_user_menu_slot"),
)

# Before the menu's own entries, whose priority is 50.
LEGACY_WIDGET = """{
  op: PLUGIN_OPERATIONS.Insert,
  widget: { id: 'passerelle', type: DIRECT_PLUGIN, priority: 10, RenderWidget: %s },
}"""

SITE_WIDGET = """{
  slotId: 'org.openedx.frontend.slot.header.authenticatedMenu.v1',
  id: 'passerelle.header.menuItem',
  op: PasserelleOperation.PREPEND,
  component: PasserelleMenuItem,
}"""


def add_header_links() -> None:
    """Register the link with tutor-mfe. Where that plugin is not installed there are no micro-frontends."""
    try:
        from tutormfe import hooks
    except ImportError:
        return
    for component, slot, old_slot in USER_MENUS:
        hooks.PLUGIN_SLOTS.add_item(("all", slot, LEGACY_WIDGET % component))
        if tutor_version.startswith("20."):
            hooks.PLUGIN_SLOTS.add_item(("all", old_slot, LEGACY_WIDGET % component))
    if hasattr(hooks, "FRONTEND_SLOTS"):
        hooks.FRONTEND_SLOTS.add_item(SITE_WIDGET)
