// Judges each line of the input with the page's verify.go.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"time"
)

type judged struct {
	Body    []byte
	Headers map[string]string
	Secrets []string
	NowS    int64
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var one judged
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			panic(err)
		}
		header := http.Header{}
		for name, value := range one.Headers {
			header.Set(name, value)
		}
		isGenuine, err := IsGenuine(one.Body, header, one.Secrets, time.Unix(one.NowS, 0))
		switch {
		case err != nil:
			fmt.Println("no secret")
		case isGenuine:
			fmt.Println("genuine")
		default:
			fmt.Println("refused")
		}
	}
}
