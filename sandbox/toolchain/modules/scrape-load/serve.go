package main

import (
	"flag"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// One route of an imagined service: a histogram with its sum and count, requests by status, and two gauges.
const seriesOfRoute = 20

var (
	bounds = []string{"0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "+Inf"}
	codes  = []string{"200", "204", "404", "500", "503"}
)

// Series names and labels of a route up to the value; they are the same in every answer as long as the route lives.
type route struct {
	index      int
	generation int64
	prefixes   [seriesOfRoute]string
}

type target struct {
	mutex    sync.Mutex
	routes   []route
	started  time.Time
	lifetime time.Duration
	last     int
}

func serve(args []string) error {
	flags := flag.NewFlagSet("serve", flag.ExitOnError)
	listen := flags.String("listen", ":9100", "address")
	series := flags.Int("series", 25000, "series of an answer, a multiple of 20")
	lifetime := flags.Duration("lifetime", 0, "after which a route's series give way to new ones; 0: they stay")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *series < seriesOfRoute || *series%seriesOfRoute != 0 {
		return fmt.Errorf("-series %d: expected a multiple of %d", *series, seriesOfRoute)
	}
	made := newTarget(*series, *lifetime, time.Now())
	mux := http.NewServeMux()
	mux.HandleFunc("/metrics", func(answer http.ResponseWriter, _ *http.Request) {
		answer.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		// Not compressed: on one machine that costs the load test more than it saves.
		_, _ = answer.Write(made.page(time.Now()))
	})
	return (&http.Server{Addr: *listen, Handler: mux, ReadHeaderTimeout: 10 * time.Second}).ListenAndServe()
}

func newTarget(series int, lifetime time.Duration, started time.Time) *target {
	made := &target{routes: make([]route, series/seriesOfRoute), started: started, lifetime: lifetime}
	for i := range made.routes {
		made.routes[i] = newRoute(i, made.generation(i, started))
	}
	return made
}

// The routes end evenly over a lifetime, not all at once.
func (t *target) generation(index int, now time.Time) int64 {
	if t.lifetime <= 0 {
		return 0
	}
	phase := time.Duration(float64(t.lifetime) * float64(index) / float64(len(t.routes)))
	return int64((now.Sub(t.started) + phase) / t.lifetime)
}

func newRoute(index int, generation int64) route {
	made := route{index: index, generation: generation}
	labels := fmt.Sprintf(`service="load-%02d",route="/api/v1/resources/%05d",revision="r%d"`, index%40, index, generation)
	at := 0
	add := func(name, more string) {
		made.prefixes[at] = name + "{" + labels + more + "} "
		at++
	}
	for _, bound := range bounds {
		add("load_request_duration_seconds_bucket", `,le="`+bound+`"`)
	}
	add("load_request_duration_seconds_sum", "")
	add("load_request_duration_seconds_count", "")
	for _, code := range codes {
		add("load_requests_total", `,method="GET",code="`+code+`"`)
	}
	add("load_in_flight_requests", "")
	add("load_queue_length", "")
	return made
}

// Families in their own blocks, as the format asks for.
var families = []struct {
	header      string
	first, past int
}{
	{"# HELP load_request_duration_seconds Time of a request.\n# TYPE load_request_duration_seconds histogram\n", 0, 13},
	{"# HELP load_requests_total Requests by status.\n# TYPE load_requests_total counter\n", 13, 18},
	{"# HELP load_in_flight_requests Requests at this moment.\n# TYPE load_in_flight_requests gauge\n", 18, 19},
	{"# HELP load_queue_length Requests that wait.\n# TYPE load_queue_length gauge\n", 19, 20},
}

func (t *target) page(now time.Time) []byte {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	seconds := now.Sub(t.started).Seconds()
	for i := range t.routes {
		if generation := t.generation(i, now); generation != t.routes[i].generation {
			t.routes[i] = newRoute(i, generation)
		}
	}
	page := make([]byte, 0, t.last+t.last/8)
	for _, family := range families {
		page = append(page, family.header...)
		for i := range t.routes {
			for at := family.first; at < family.past; at++ {
				page = append(page, t.routes[i].prefixes[at]...)
				page = appendValue(page, i, at, seconds)
				page = append(page, '\n')
			}
		}
	}
	t.last = len(page)
	return page
}

// Counters that grow at rates of their own, and gauges that swing: nothing that compresses better than real samples.
func appendValue(page []byte, index, at int, seconds float64) []byte {
	requests := seconds * (1 + float64(index%97)/10)
	wave := math.Sin(seconds/60 + float64(index))
	switch {
	case at < len(bounds):
		share := float64(at+1) / float64(len(bounds))
		return strconv.AppendUint(page, uint64(requests*share), 10)
	case at == 11:
		return strconv.AppendFloat(page, requests*0.13+wave, 'f', 6, 64)
	case at == 12:
		return strconv.AppendUint(page, uint64(requests), 10)
	case at < 18:
		return strconv.AppendUint(page, uint64(requests/float64(int(1)<<(2*(at-13)))), 10)
	case at == 18:
		return strconv.AppendFloat(page, 20+20*wave, 'f', 0, 64)
	default:
		return strconv.AppendFloat(page, 50+49*wave, 'f', 3, 64)
	}
}
