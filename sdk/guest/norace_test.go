//go:build !race

package guest_test

const raced = false
