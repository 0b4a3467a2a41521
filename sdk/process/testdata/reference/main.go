// Command reference is the reference exit as a process.
package main

import (
	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/process"
	"github.com/postern/postern/sdk/sdktest/exittest"
)

func main() {
	m := sdk.Manifest{Name: "reference", Version: "1", Contract: sdk.ContractVersion, Kinds: []string{"exit"}}
	for _, row := range sdk.Points() {
		if row.Point != sdk.PointFilter {
			m.Points = append(m.Points, row.Point)
		}
	}
	process.ServeExit(exittest.Reference(), m)
}
