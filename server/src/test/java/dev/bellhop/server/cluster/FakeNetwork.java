// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * NATS in memory, with what can happen to a request there. Each handler runs on a virtual thread of its own. Thread safe.
 */
public final class FakeNetwork {
    /** What becomes of a request. */
    public enum Fate {
        ARRIVES,
        /** It arrives twice, one after the other; the second answer is dropped. */
        ARRIVES_TWICE,
        /** Nobody gets it, and nobody can tell: no answer, at once. */
        IS_LOST,
        /** It is handled, and its answer is lost: no answer, once it was handled. */
        ANSWER_IS_LOST,
        /** It arrives when {@link #deliverLate} says so; whoever asks waits until its time is up. */
        IS_LATE,
        /** The other side has too much to do. */
        MEETS_BUSY,
        /** As where nobody listens. */
        MEETS_NOBODY
    }

    /** A bus's registration, as {@link Bus#serve} has it. */
    record Registered(FakeBus bus, String subject, @Nullable String queueGroup, Bus.Handler handler) {}

    private final List<Registered> registrations = new CopyOnWriteArrayList<>();
    private final Queue<Runnable> late = new ConcurrentLinkedQueue<>();
    private final Queue<String> requests = new ConcurrentLinkedQueue<>();
    private final AtomicInteger turns = new AtomicInteger();
    private volatile Function<String, Fate> fates = subject -> Fate.ARRIVES;

    /** A node's end. */
    public FakeBus of(NodeId node) {
        return new FakeBus(this, Subjects.inbox(node));
    }

    /** An API server's end. */
    public FakeBus ofApiServer() {
        return new FakeBus(this, Subjects.API_INBOX);
    }

    /** From now on decides by its subject what becomes of each request. */
    public void decide(Function<String, Fate> newFates) {
        fates = newFates;
    }

    /** Delivers what was late so far. */
    public void deliverLate() {
        for (Runnable next = late.poll(); next != null; next = late.poll()) {
            next.run();
        }
    }

    /** The subjects of all requests so far, lost ones too. */
    public List<String> requests() {
        return List.copyOf(requests);
    }

    Bus.Registration register(Registered registered) {
        registrations.add(registered);
        return () -> registrations.remove(registered);
    }

    void leave(FakeBus bus) {
        registrations.removeIf(registered -> registered.bus == bus);
    }

    CompletableFuture<byte[]> request(FakeBus from, String subject, String replyTo, byte[] payload) {
        requests.add(subject);
        Fate fate = fates.apply(subject);
        List<Registered> hearers = hearers(from, subject);
        if (fate == Fate.MEETS_NOBODY || hearers.isEmpty()) {
            return CompletableFuture.failedFuture(new NobodyListensException("nobody listens"));
        }
        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        switch (fate) {
            case ARRIVES -> deliver(hearers, subject, replyTo, payload, answer);
            case ARRIVES_TWICE -> {
                CompletableFuture<byte[]> first = new CompletableFuture<>();
                deliver(hearers, subject, replyTo, payload, first);
                var _ = first.whenComplete((bytes, failure) -> {
                    deliver(hearers(from, subject), subject, replyTo, payload, new CompletableFuture<>());
                    complete(answer, bytes, failure);
                });
            }
            case IS_LOST -> answer.completeExceptionally(new NoAnswerException("it was lost"));
            case ANSWER_IS_LOST -> {
                CompletableFuture<byte[]> lost = new CompletableFuture<>();
                deliver(hearers, subject, replyTo, payload, lost);
                var _ = lost.whenComplete(
                        (bytes, failure) -> answer.completeExceptionally(new NoAnswerException("the answer was lost")));
            }
            case IS_LATE -> late.add(() -> deliver(hearers(from, subject), subject, replyTo, payload, answer));
            case MEETS_BUSY -> answer.completeExceptionally(new BusyException("it is busy"));
            case MEETS_NOBODY -> throw new IllegalStateException("told before");
        }
        return answer;
    }

    private static void complete(
            CompletableFuture<byte[]> answer, byte @Nullable [] bytes, @Nullable Throwable failure) {
        if (failure == null) {
            answer.complete(bytes);
        } else {
            answer.completeExceptionally(failure);
        }
    }

    void publish(FakeBus from, String subject, byte[] payload) {
        deliver(hearers(from, subject), subject, null, payload, new CompletableFuture<>());
    }

    private static void deliver(
            List<Registered> hearers,
            String subject,
            @Nullable String replyTo,
            byte[] payload,
            CompletableFuture<byte[]> answer) {
        for (Registered hearer : hearers) {
            Thread.startVirtualThread(() -> {
                try {
                    if (replyTo != null && !ReplyRule.allows(subject, replyTo)) {
                        return;
                    }
                    byte[] bytes = WireCodec.requireFitting(hearer.handler.handle(subject, payload));
                    answer.complete(bytes);
                } catch (Exception | Error e) {
                    answer.completeExceptionally(new NoAnswerException("the other side failed: " + e));
                }
            });
        }
    }

    /** All of those without a group, and of each group one, in turns. */
    private List<Registered> hearers(FakeBus from, String subject) {
        List<Registered> matching = registrations.stream()
                .filter(registered -> registered.bus != from && registered.bus.isConnected())
                .filter(registered -> matches(registered.subject, subject))
                .toList();
        List<Registered> hearers = new ArrayList<>();
        for (Registered each : matching) {
            List<Registered> group = matching.stream()
                    .filter(other -> each.queueGroup != null && each.queueGroup.equals(other.queueGroup))
                    .toList();
            if (group.isEmpty()) {
                hearers.add(each);
            } else if (group.getFirst().equals(each)) {
                hearers.add(group.get(Math.floorMod(turns.getAndIncrement(), group.size())));
            }
        }
        return hearers;
    }

    private static boolean matches(String pattern, String subject) {
        String[] wanted = pattern.split("\\.", -1);
        String[] tokens = subject.split("\\.", -1);
        for (int i = 0; i < wanted.length; i++) {
            if (wanted[i].equals(">")) {
                return tokens.length > i;
            }
            if (i >= tokens.length || !(wanted[i].equals("*") || wanted[i].equals(tokens[i]))) {
                return false;
            }
        }
        return wanted.length == tokens.length;
    }
}
