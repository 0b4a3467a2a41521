package s3

import (
	"errors"
	"net/http"

	"github.com/minio/minio-go/v7"

	"github.com/postern/postern/sdk"
)

// answer finds what the store said; ok is false when it said nothing, because it could not be reached for instance.
func answer(err error) (a minio.ErrorResponse, ok bool) {
	ok = errors.As(err, &a)
	return a, ok && a.StatusCode != 0
}

// missing says that there is no such object, or no such upload.
func missing(err error) bool {
	a, ok := answer(err)
	return ok && a.StatusCode == http.StatusNotFound && a.Code != "NoSuchBucket"
}

// taken says that If-None-Match found an object.
func taken(err error) bool {
	a, ok := answer(err)
	return ok && (a.StatusCode == http.StatusPreconditionFailed || a.Code == "PreconditionFailed")
}

// contested says that another request for the same key was under way: nothing is known of who won.
func contested(err error) bool {
	a, ok := answer(err)
	return ok && a.StatusCode == http.StatusConflict && a.Code == "ConditionalRequestConflict"
}

// inTheWay says that a file stands where a folder should be, or the other way round, in a store that keeps folders.
func inTheWay(err error) bool {
	a, ok := answer(err)
	return ok && (a.Code == "ObjectParentIsFile" || a.Code == "ExistingObjectIsDirectory" || a.Code == "XMinioParentIsObject")
}

func full(err error) bool {
	a, ok := answer(err)
	return ok && (a.StatusCode == http.StatusInsufficientStorage || a.Code == "QuotaExceeded" || a.Code == "XMinioAdminBucketQuotaExceeded")
}

// again says that the same request may succeed later without anybody changing anything: the store is away, slow or has
// trouble of its own.
func again(err error) bool {
	a, ok := answer(err)
	return !ok || a.StatusCode >= 500 || a.StatusCode == http.StatusTooManyRequests || a.StatusCode == http.StatusRequestTimeout
}

// failed is the refusal for a failure while data is moved: data.space or data.io.
func failed(doing string, err error) error {
	if _, ok := sdk.AsRefusal(err); ok || err == nil {
		return err
	}
	if full(err) {
		return sdk.Refuse(sdk.DataSpace, "%s", doing).Because(err)
	}
	return sdk.Refuse(sdk.DataIO, "%s", doing).Because(err)
}

// refused is the refusal for a failure before data is moved: file.space, or file.open, temporary where the store is to
// blame and not what was asked of it.
func refused(doing string, err error) error {
	if _, ok := sdk.AsRefusal(err); ok || err == nil {
		return err
	}
	if full(err) {
		return sdk.Refuse(sdk.FileSpace, "%s", doing).Because(err)
	}
	r := sdk.Refuse(sdk.FileOpen, "%s", doing).Because(err)
	r.Temporary = again(err)
	return r
}

// refusedUnlessSdk is refused for an error that is not one of those that Resume is asked for.
func refusedUnlessSdk(err error) error {
	if errors.Is(err, sdk.ErrNoPart) || errors.Is(err, sdk.ErrCommitted) {
		return err
	}
	return refused("resume", err)
}
