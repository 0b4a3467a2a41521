package session

import (
	"context"
	"path"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/sdk"
)

// renameEntry gives an upload another name, in the catalog and in its backend. over is the upload that it replaces. The
// catalog notes first where the file comes from: whoever looks at the entry after a crash finishes the move. vars are the
// path variables that exits gave to the request for it.
func (s *Session) renameEntry(ctx context.Context, f *Flow, e catalog.Entry, to named, over *catalog.Entry, vars map[string]string) *sdk.Refusal {
	where, r := s.pathAs(f, e, to.file, vars)
	if r != nil {
		return r
	}
	n := catalog.Naming{File: to.file, Key: to.key(), Path: where, By: s.partner.ID}
	if e.Stage == catalog.StageTransfer && path.Dir(where) != path.Dir(e.Path) {
		return sdk.Refuse(sdk.FileName, "the part of %s cannot move to another folder", e.ID).By(f.rule("path"))
	}
	if e.Stage == catalog.StageTransfer || where == e.Path {
		if _, err := s.house.Catalog.Rename(ctx, e.ID, n); err != nil {
			return catalogRefusal(err)
		}
		return nil
	}
	if r := s.moveStored(ctx, e, n, over); r != nil {
		return f.decided(r, "path")
	}
	return nil
}

// moveStored renames a stored file and its entry. One that it replaces is removed first: it is another upload of the same
// partner.
func (s *Session) moveStored(ctx context.Context, e catalog.Entry, n catalog.Naming, over *catalog.Entry) *sdk.Refusal {
	b, _, ok := s.snap.backend(e.Backend)
	mover, can := sdk.As[sdk.Renamer](b)
	if !ok || !can {
		return sdk.Refuse(sdk.FileOpen, "backend %s cannot rename", e.Backend)
	}
	info, err := s.stored(ctx, e)
	if err != nil {
		return sdk.ToRefusal(err, sdk.FileOpen)
	}
	if over != nil && over.Path == n.Path {
		if r := removeStored(b, *over); r != nil {
			return r
		}
	}
	n.Moving = &catalog.Move{Path: e.Path, Source: sourceOf(info)}
	noted, err := s.house.Catalog.Rename(ctx, e.ID, n)
	if err != nil {
		return catalogRefusal(err)
	}
	if err := mover.Rename(e.Path, n.Path); err != nil {
		return s.takeBack(ctx, e, noted, err)
	}
	if _, err := s.knownAs(ctx, noted); err != nil {
		s.log("renamed upload is not known by its file", "transfer", e.ID, "error", err)
	}
	return nil
}

// takeBack gives an upload its former name, unless another session has finished the move.
func (s *Session) takeBack(ctx context.Context, was, noted catalog.Entry, why error) *sdk.Refusal {
	if _, still := s.info(was.Backend, was.Path); sdk.CodeOf(still) == sdk.FileMissing {
		if _, err := s.stored(ctx, noted); err == nil {
			return nil
		}
	}
	back := catalog.Naming{File: was.File, Key: was.Key.Name, Path: was.Path, By: sdk.ByServer}
	if _, err := s.house.Catalog.Rename(ctx, was.ID, back); err != nil {
		s.log("failed rename not taken back", "transfer", was.ID, "error", err)
	}
	return sdk.ToRefusal(why, sdk.FileOpen)
}

// knownAs notes what an upload is known by under its new name, where the backend made another file of it.
func (s *Session) knownAs(ctx context.Context, e catalog.Entry) (sdk.FileInfo, error) {
	info, err := s.info(e.Backend, e.Path)
	if err != nil || sameFile(e.Source, info) {
		return info, err
	}
	n := catalog.Naming{File: e.File, Key: e.Key.Name, Path: e.Path, By: sdk.ByServer, Stored: sourceOf(info)}
	_, err = s.house.Catalog.Rename(ctx, e.ID, n)
	return info, err
}

// finishMove moves a file whose move was noted and not done, because the server died in between. It is known by what it
// was then; another one is not touched.
func (s *Session) finishMove(ctx context.Context, e catalog.Entry) (sdk.FileInfo, error) {
	was, err := s.info(e.Backend, e.Moving.Path)
	if err != nil {
		return was, err
	}
	now, then := sourceOf(was), e.Moving.Source
	if now.Size != then.Size || now.ETag != then.ETag || !now.ModTime.Equal(then.ModTime) {
		return was, sdk.Refuse(sdk.FileMissing, "the file of %s is gone", e.ID)
	}
	b, _, _ := s.snap.backend(e.Backend)
	mover, can := sdk.As[sdk.Renamer](b)
	if !can {
		return was, sdk.Refuse(sdk.FileOpen, "backend %s cannot rename", e.Backend)
	}
	if err := mover.Rename(e.Moving.Path, e.Path); err != nil {
		return was, sdk.Refuse(sdk.FileOpen, "finish the rename of %s", e.ID).Because(err) // not gone
	}
	return s.knownAs(ctx, e)
}

func removeStored(b sdk.Backend, e catalog.Entry) *sdk.Refusal {
	remover, can := sdk.As[sdk.Remover](b)
	if !can {
		return sdk.Refuse(sdk.FileOpen, "backend %s cannot remove", e.Backend)
	}
	if err := remover.Remove(e.Path); err != nil && sdk.CodeOf(err) != sdk.FileMissing {
		return sdk.ToRefusal(err, sdk.FileOpen)
	}
	return nil
}

// sourceOf is what a stored file is known by.
func sourceOf(i sdk.FileInfo) catalog.Source {
	return catalog.Source{Size: i.Size, ModTime: i.Modified, ETag: i.Tag}
}
