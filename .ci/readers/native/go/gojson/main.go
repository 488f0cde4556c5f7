// Reads JSON with Go's encoding/json.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"

	"readers/protocol"
)

func read(path string) (any, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var tree any
	if err := decoder.Decode(&tree); err != nil {
		return nil, err
	}
	if decoder.More() {
		return nil, errors.New("text after the value")
	}
	return protocol.Tag(tree), nil
}

func main() {
	protocol.Run("encoding/json", read)
}
