// Reads JSON with Go's encoding/json.
package main

import (
	"bytes"
	"encoding/json"
	"errors"

	"readers/protocol"
)

func unmarshal(text []byte, tree any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(tree); err != nil {
		return err
	}
	if decoder.More() {
		return errors.New("text after the value")
	}
	return nil
}

func main() {
	protocol.RunTree("encoding/json", unmarshal)
}
