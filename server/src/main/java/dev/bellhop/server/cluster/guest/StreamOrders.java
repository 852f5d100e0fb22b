// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.guest;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.guest.question.QuestionKind;
import dev.bellhop.server.stream.StreamOpener;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Streams that nodes open ahead. */
public final class StreamOrders {
    private static final Logger log = LoggerFactory.getLogger(StreamOrders.class);

    static final QuestionKind<QuestionKind.Plain, QuestionKind.Done> OPEN = QuestionKind.step(
            "stream-open",
            QuestionKind.Plain.class,
            QuestionKind.Done.class,
            "Cannot open a stream",
            Duration.ofSeconds(5));

    private StreamOrders() {}

    /** Those into the guests of all nodes. */
    public static StreamOpener remote(GuestCalls calls) {
        return vm -> Thread.ofVirtual().name("stream-open").start(() -> {
            try {
                calls.begin(vm, OPEN, new QuestionKind.Plain());
            } catch (BellhopException e) {
                log.debug("Cannot have a stream into VM {} opened: {}", vm, e.getMessage());
            }
        });
    }

    static void serve(GuestOrderTable node, StreamOpener streams) {
        node.put(OPEN, (vm, question, longest) -> {
            streams.openSoon(vm);
            return new QuestionKind.Done();
        });
    }
}
