"""Deploy flows to online endpoints of Azure."""
