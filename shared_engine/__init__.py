"""The search: finds native tool parameters whose render of the content comes closest to what a reference proposes."""
