// Replay reads the history of Holdfast as an auditor would: every event in order, by its exact bytes, without gap or repeat.
// It knows nothing of Holdfast but proto/.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"sort"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	auditor "holdfast.dev/replay/gen/holdfast/auditor/v1"
	common "holdfast.dev/replay/gen/holdfast/common/v1"
)

const mostLosses = 5

func main() {
	server := flag.String("server", "127.0.0.1:4653", "host:port")
	subject := flag.String("subject", "", "an id, `last`, run-…, knob:l2; everything by default")
	after := flag.Int64("after", -1, "go on after this index")
	flag.Parse()
	connection, err := grpc.NewClient(*server, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		fail(err)
	}
	defer connection.Close()
	if err := replay(context.Background(), auditor.NewAuditorClient(connection), *subject, *after); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// replay counts what happened, and hashes what was read: two readers of the same history come to the same digest.
func replay(ctx context.Context, client auditor.AuditorClient, subject string, after int64) error {
	digest := sha256.New()
	counts := map[string]int{}
	all := 0
	err := history(ctx, client, subject, after, func(event *common.Event) error {
		var envelope struct {
			Data     json.RawMessage `json:"data"`
			Metadata json.RawMessage `json:"metadata"`
		}
		if err := json.Unmarshal(event.Envelope, &envelope); err != nil {
			return fmt.Errorf("the envelope at index %d: %w", event.GetIndex(), err)
		}
		sum := sha256.Sum256(event.Envelope)
		digest.Write(sum[:])
		counts[event.Type]++
		all++
		fmt.Printf("%8d  %s  %-22s %s\n", event.GetIndex(), event.RecordedAt.AsTime().Format("2006-01-02T15:04:05.000Z"), event.Type, event.Stream)
		return nil
	})
	if err != nil {
		return err
	}
	fmt.Printf("%d events, sha256 of their digests %x\n", all, digest.Sum(nil))
	names := make([]string, 0, len(counts))
	for name := range counts {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		fmt.Printf("  %6d  %s\n", counts[name], name)
	}
	return nil
}

// history gives every event to take, also when the connection is lost: reading goes on after the last index that was seen.
func history(ctx context.Context, client auditor.AuditorClient, subject string, after int64, take func(*common.Event) error) error {
	last, losses := after, 0
	for {
		request := &auditor.ReadHistoryRequest{Subject: subject}
		if last >= 0 {
			request.AfterIndex = &last
		}
		err := read(ctx, client, request, func(event *common.Event) error {
			if event.GetIndex() <= last {
				return fmt.Errorf("index %d came after %d", event.GetIndex(), last)
			}
			last, losses = event.GetIndex(), 0
			return take(event)
		})
		if err == nil {
			return nil
		}
		losses++
		if status.Code(err) != codes.Unavailable || losses > mostLosses {
			return err
		}
	}
}

func read(ctx context.Context, client auditor.AuditorClient, request *auditor.ReadHistoryRequest, take func(*common.Event) error) error {
	stream, err := client.ReadHistory(ctx, request)
	if err != nil {
		return err
	}
	for {
		answer, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := take(answer.Event); err != nil {
			return err
		}
	}
}
