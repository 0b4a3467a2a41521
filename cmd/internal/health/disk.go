package health

import (
	"context"
	"fmt"
)

// Disk fails when the disk of a folder has less free room than want says, in bytes. 0: any room will do.
func Disk(folder string, want func() int64) Check {
	return Check{Name: "disk", Try: func(context.Context) error {
		least := want()
		if least <= 0 {
			return nil
		}
		free, err := Free(folder)
		if err != nil {
			return err
		}
		if free >= 0 && free < least {
			return fmt.Errorf("%d bytes are free, %d are wanted", free, least)
		}
		return nil
	}}
}
