package admin

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/postern/postern/cmd/internal/config"
	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/session"
	"github.com/postern/postern/sdk"
)

// What went wrong, as the type of a problem.
const (
	kindForbidden     = "urn:postern:forbidden"
	kindNotFound      = "urn:postern:not-found"
	kindAmbiguous     = "urn:postern:ambiguous"
	kindTransition    = "urn:postern:transition"
	kindChanged       = "urn:postern:changed"
	kindRefused       = "urn:postern:refused"
	kindConfiguration = "urn:postern:configuration"
	kindInvalid       = "urn:postern:invalid"
	kindFailed        = "urn:postern:failed"
)

// problem makes the answer of an operation that failed (RFC 9457).
func problem(status int, kind, detail string) *huma.ErrorModel {
	return &huma.ErrorModel{Type: kind, Title: http.StatusText(status), Status: status, Detail: detail}
}

// refused makes the answer of an operation that is not for this entry, partner or flow.
func refused(detail string) error { return problem(http.StatusConflict, kindRefused, detail) }

// fault turns an error of the server into the answer of the operation. What is not expected is logged as well.
func (s *Server) fault(ctx context.Context, doing string, err error) error {
	var said huma.StatusError
	var faults config.Faults
	var question *ErrTest
	switch {
	case errors.As(err, &said):
		return err
	case errors.As(err, &question):
		return problem(http.StatusUnprocessableEntity, kindInvalid, err.Error())
	case errors.As(err, &faults):
		return problem(http.StatusUnprocessableEntity, kindConfiguration, err.Error())
	case errors.Is(err, catalog.ErrNotFound):
		return problem(http.StatusNotFound, kindNotFound, err.Error())
	case errors.Is(err, catalog.ErrAmbiguous):
		return problem(http.StatusConflict, kindAmbiguous, err.Error())
	case errors.Is(err, catalog.ErrTransition):
		var t *catalog.TransitionError
		errors.As(err, &t)
		return problem(http.StatusConflict, kindTransition, t.Error())
	case errors.Is(err, catalog.ErrStale), errors.Is(err, session.ErrNotRunning):
		return problem(http.StatusConflict, kindChanged, doing+": "+err.Error())
	case errors.Is(err, catalog.ErrInvalid):
		return problem(http.StatusUnprocessableEntity, kindInvalid, err.Error())
	case sdk.CodeOf(err) != "":
		return refused(doing + ": " + err.Error())
	}
	if ctx.Err() == nil {
		s.options.Log.Error("an operator's command failed", "command", doing, "actor", by(ctx), "error", err)
	}
	return problem(http.StatusInternalServerError, kindFailed, doing+": "+err.Error())
}

func writeProblem(w http.ResponseWriter, p *huma.ErrorModel) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // who does not read its refusal loses nothing else
}
