package main

import "github.com/postern/postern/cmd/internal/visible"

// Whatever a verb prints that may have come from somebody else goes through one of these.
func safe(s string) string      { return visible.Text(s) }
func safeLines(s string) string { return visible.Lines(s) }
func safeJSON(b []byte) []byte  { return visible.JSON(b) }
