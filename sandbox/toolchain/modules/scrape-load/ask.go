package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// A query as a panel or a rule has it. Without a range it is an instant one. Times in seconds.
type question struct {
	Name       string `json:"name"`
	Expression string `json:"expression"`
	// How far back from the moment of asking the answer ends.
	Ago   int64 `json:"ago"`
	Range int64 `json:"range"`
	Step  int64 `json:"step"`
}

type reply struct {
	Name    string    `json:"name"`
	Seconds []float64 `json:"seconds"`
	// Series and bytes of the last answer.
	Series int    `json:"series"`
	Bytes  int    `json:"bytes"`
	Error  string `json:"error,omitempty"`
}

// Asks all questions once, to open connections, then as often as told, in turn: none profits from having just been asked.
func ask(args []string, in io.Reader, out io.Writer) error {
	flags := flag.NewFlagSet("ask", flag.ExitOnError)
	repeat := flags.Int("repeat", 1, "how often each is asked")
	most := flags.Duration("most", time.Hour, "no further round begins after this time")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 || *repeat < 1 {
		return fmt.Errorf("%s", usage)
	}
	base, begin := flags.Arg(0), time.Now()
	var questions []question
	if err := json.NewDecoder(in).Decode(&questions); err != nil {
		return fmt.Errorf("standard input: %w", err)
	}
	client := &http.Client{Timeout: 60 * time.Second}
	replies := make([]reply, len(questions))
	for i, each := range questions {
		replies[i] = reply{Name: each.Name, Seconds: []float64{}}
	}
	// The first round doesn't count, so that there is always a second one.
	for round := 0; round <= *repeat && (round < 2 || time.Since(begin) < *most); round++ {
		for i, each := range questions {
			if replies[i].Error != "" {
				continue
			}
			took, err := askOnce(client, base+each.path(time.Now()), &replies[i])
			if err != nil {
				replies[i].Error = err.Error()
			} else if round > 0 {
				replies[i].Seconds = append(replies[i].Seconds, took.Seconds())
			}
		}
	}
	return json.NewEncoder(out).Encode(replies)
}

// Aligned to the step, as Grafana asks.
func (q question) path(now time.Time) string {
	values := url.Values{"query": {q.Expression}}
	end := now.Unix() - q.Ago
	if q.Range == 0 {
		values.Set("time", strconv.FormatInt(end, 10))
		return "/api/v1/query?" + values.Encode()
	}
	end -= end % q.Step
	values.Set("start", strconv.FormatInt(end-q.Range, 10))
	values.Set("end", strconv.FormatInt(end, 10))
	values.Set("step", strconv.FormatInt(q.Step, 10))
	return "/api/v1/query_range?" + values.Encode()
}

// The time until the whole answer is there.
func askOnce(client *http.Client, address string, into *reply) (time.Duration, error) {
	begin := time.Now()
	response, err := client.Get(address)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	took := time.Since(begin)
	if err != nil {
		return 0, err
	}
	var answer struct {
		Status string `json:"status"`
		Error  string `json:"error"`
		Data   struct {
			Result json.RawMessage `json:"result"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return 0, fmt.Errorf("status %d, no JSON: %w", response.StatusCode, err)
	}
	if answer.Status != "success" {
		return 0, fmt.Errorf("status %d: %s", response.StatusCode, answer.Error)
	}
	var series []json.RawMessage
	if err := json.Unmarshal(answer.Data.Result, &series); err != nil {
		return 0, err
	}
	into.Series, into.Bytes = len(series), len(body)
	return took, nil
}
