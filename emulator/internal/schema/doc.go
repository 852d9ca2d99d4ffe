// Package schema decodes JSON strictly and checks decoded values against
// compiled JSON Schemas (draft-07). It knows no operation of the API: which
// schema belongs where is its callers' business.
package schema
