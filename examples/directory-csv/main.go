// Command directory-csv is a directory exit: it recognises callers by a list of partners in a CSV file, has the server compare
// their passwords, and makes each of them up from a template of the configuration.
package main

import (
	"context"
	"errors"

	"github.com/postern/postern/sdk"
	"github.com/postern/postern/sdk/guest"
)

func init() {
	guest.Serve(sdk.Functions{Name: "directory-csv", Version: "1", Identify: identify,
		Grants: []string{sdk.GrantVerifyPassword, sdk.GrantFolder}})
}

func main() {} // a module is called, it does not run

// decoy costs as much to compare as what "postern partner password" prints, and matches nothing.
const decoy = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

var partners cache

// identify allows who is on the list and knows the password. Who is not costs the same time and gets the same answer as who
// does not know it, or is left to the exits behind this one.
func identify(ctx context.Context, q sdk.Question) (sdk.Verdict, error) {
	path, err := guest.Config(ctx, "list")
	if err != nil {
		return sdk.Verdict{}, errors.Join(errors.New("setting list"), err)
	}
	list, err := partners.read(path)
	if err != nil {
		return sdk.Verdict{}, err // a list that cannot be read lets nobody in
	}
	name := q.Facts.Claim.Name
	row, known := list.rows[name]
	if others, _ := guest.Config(ctx, "others"); !known && others == "pass" {
		return sdk.PassVerdict(), nil
	}
	hash := row.password
	if !known {
		hash = list.decoy
	}
	right, err := guest.VerifyPassword(ctx, hash, guest.TheSecret)
	switch {
	case err != nil:
		return sdk.Verdict{}, err
	case !known:
		return sdk.DenyVerdict(sdk.Refuse(sdk.PartnerUnknown, "%s is not on the list", name)), nil
	case !right:
		return sdk.DenyVerdict(sdk.Refuse(sdk.PartnerPassword, "%s gave a wrong password", name)), nil
	}
	v := sdk.AllowVerdict()
	v.Set.Partner = row.partner() // the server holds it to its hours, addresses and limits
	return v, nil
}
