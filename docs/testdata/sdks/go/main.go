package main

import (
	"context"
	"strconv"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/guest"
)

func init() {
	guest.Serve(sdk.Functions{Name: "large", Version: "1.0", Authorize: authorize})
}

func main() {} // a module is called, it does not run

func authorize(ctx context.Context, q sdk.Question) (sdk.Verdict, error) {
	setting, err := guest.Config(ctx, "largest")
	if err != nil {
		return sdk.Verdict{}, err
	}
	largest, err := strconv.ParseInt(setting, 10, 64)
	if err != nil {
		return sdk.Verdict{}, err
	}
	if q.Facts.Request.Size > largest && q.Facts.Partner.Labels["tier"] != "gold" {
		return sdk.DenyVerdict(sdk.Refuse(sdk.FileSize, "too large for %s", q.Facts.Partner.ID)), nil
	}
	return sdk.PassVerdict(), nil
}
