// Reads env files with joho/godotenv, the Go ecosystem's dotenv.
package main

import (
	"github.com/joho/godotenv"

	"readers/protocol"
)

func read(path string) (map[string]string, error) {
	entries, err := godotenv.Read(path)
	if entries == nil {
		entries = map[string]string{}
	}
	return entries, err
}

func main() {
	protocol.Run("github.com/joho/godotenv", read)
}
