// Package naming makes paths of templates, and matches names with masks. A template is fixed text of the configuration
// with variables, each of which can only ever be a piece of one path element, so that no partner can name its way into
// another's folder. What is wrong with a template is found when it is parsed, with its place.
//
// It is not text/template: variables and dates are all there is. It touches no file: the backend checks again.
//
// The main calls are Parse and Template.Expand.
package naming
