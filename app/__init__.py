"""The window: PySide6 widgets over the engine's light half; never imports torch."""
