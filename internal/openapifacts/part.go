// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openapifacts

// part is a kind of object in an OpenAPI document: the fields that are facts, and what they
// hold. What is not named is left out.
type part struct {
	fields map[string]*part
	each   *part          // a map from names of the vendor's to parts of this kind
	always map[string]any // what the format demands, where the vendor's words were
}

// value is kept as it is.
var value = &part{}

var (
	schema         = &part{}
	noDescription  = map[string]any{"description": ""}
	mediaType      = &part{fields: map[string]*part{"schema": schema}}
	parameter      = &part{fields: map[string]*part{"name": value, "in": value, "required": value, "schema": schema, "style": value, "explode": value, "content": {each: mediaType}}}
	header         = &part{fields: map[string]*part{"required": value, "schema": schema}}
	requestBody    = &part{fields: map[string]*part{"required": value, "content": {each: mediaType}}}
	response       = &part{fields: map[string]*part{"content": {each: mediaType}, "headers": {each: header}}, always: noDescription}
	operation      = &part{fields: map[string]*part{"parameters": parameter, "requestBody": requestBody, "responses": {each: response}, "security": value, "deprecated": value}}
	pathItem       = &part{fields: map[string]*part{"parameters": parameter, "get": operation, "put": operation, "post": operation, "delete": operation, "patch": operation}}
	securityScheme = &part{fields: map[string]*part{"type": value, "scheme": value, "in": value, "name": value, "bearerFormat": value}}

	componentParts = map[string]*part{
		"schemas": schema, "parameters": parameter, "headers": header, "requestBodies": requestBody,
		"responses": response, "securitySchemes": securityScheme,
	}
)

func init() { // a schema holds schemas
	schema.fields = map[string]*part{
		"properties": {each: schema}, "patternProperties": {each: schema}, "additionalProperties": schema,
		"items": schema, "prefixItems": schema, "allOf": schema, "anyOf": schema, "oneOf": schema, "not": schema,
		"discriminator": {fields: map[string]*part{"propertyName": value, "mapping": {each: value}}},
	}
	for _, name := range []string{
		"type", "format", "enum", "const", "required", "nullable", "default", "deprecated", "readOnly", "writeOnly",
		"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "pattern",
		"minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties",
	} {
		schema.fields[name] = value
	}
}
