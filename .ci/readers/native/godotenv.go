// Reads env files with joho/godotenv, the Go ecosystem's dotenv.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/joho/godotenv"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == "--version" {
		fmt.Println("godotenv (golang-github-joho-godotenv-dev)")
		return
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	failed := false
	for _, path := range os.Args[1:] {
		entries, err := godotenv.Read(path)
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", path, err)
			failed = true
			entries = nil
		} else if entries == nil {
			entries = map[string]string{}
		}
		if err := encoder.Encode(entries); err != nil {
			panic(err)
		}
	}
	if failed {
		os.Exit(1)
	}
}
