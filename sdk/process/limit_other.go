//go:build !unix

package process

func stayBelowLimit() {}
