package local

import (
	"errors"
	"syscall"

	"github.com/postern/postern/sdk"
)

func full(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}

func tooLong(err error) bool { return errors.Is(err, syscall.ENAMETOOLONG) }

func notEmpty(err error) bool {
	return errors.Is(err, syscall.ENOTEMPTY) || errors.Is(err, syscall.EEXIST)
}

func outOfHandles(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}

// failed is the refusal for a failure while data is moved: data.space or data.io.
func failed(doing string, err error) error {
	if _, ok := sdk.AsRefusal(err); ok {
		return err
	}
	if full(err) {
		return sdk.Refuse(sdk.DataSpace, "%s", doing).Because(err)
	}
	return sdk.Refuse(sdk.DataIO, "%s", doing).Because(err)
}
