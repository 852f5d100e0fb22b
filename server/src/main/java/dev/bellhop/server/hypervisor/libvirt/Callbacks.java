// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.libvirt;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The functions that libvirt calls. They exist once per process, and find their listener by a number that libvirt
 * passes back: a call after the connection was closed finds none, while a pointer would lead to freed memory.
 */
@SuppressWarnings("unused") // Libvirt defines the signatures and makes the calls.
final class Callbacks {
    private static final Logger log = LoggerFactory.getLogger(Callbacks.class);

    private static final AtomicLong LAST = new AtomicLong();
    private static final Map<Long, Consumer<LibvirtEvent>> LISTENERS = new ConcurrentHashMap<>();

    /** {@code VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_STATE_CONNECTED}. */
    private static final int CONNECTED = 1;

    /** {@code virDomainEventType}. */
    private static final int STARTED = 2;

    private static final int STOPPED = 5;

    /** {@code VIR_DOMAIN_EVENT_STARTED_BOOTED}; other details mean that an earlier run continues. */
    private static final int BOOTED = 0;

    private static final FunctionDescriptor TWO_NUMBERS =
            FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS);

    static final MemorySegment CLOSED = function("closed", FunctionDescriptor.ofVoid(ADDRESS, JAVA_INT, ADDRESS));

    /**
     * @param id {@code virDomainEventID}
     * @param isNeeded whether the connection is useless without it: older daemons do not support all kinds
     */
    record Kind(int id, boolean isNeeded, MemorySegment function) {}

    /** Lifecycle, agent channel and metadata changes. */
    static final List<Kind> KINDS = List.of(
            new Kind(0, true, function("lifecycle", TWO_NUMBERS)),
            new Kind(18, false, function("agent", TWO_NUMBERS)),
            new Kind(
                    23,
                    false,
                    function("metadata", FunctionDescriptor.ofVoid(ADDRESS, ADDRESS, JAVA_INT, ADDRESS, ADDRESS))));

    private static MemorySegment function(String name, FunctionDescriptor descriptor) {
        return LibvirtLibrary.callback(MethodHandles.lookup(), name, descriptor);
    }

    private Callbacks() {}

    static long add(Consumer<LibvirtEvent> listener) {
        long number = LAST.incrementAndGet();
        LISTENERS.put(number, listener);
        return number;
    }

    static void remove(long number) {
        LISTENERS.remove(number);
    }

    private static void tell(MemorySegment opaque, Callable<LibvirtEvent> event) {
        try {
            Consumer<LibvirtEvent> listener = LISTENERS.get(opaque.address());
            if (listener != null) {
                listener.accept(event.call());
            }
        } catch (Throwable e) {
            // An exception that leaves this method ends the process.
            log.warn("An event of libvirt was lost", e);
        }
    }

    private static void closed(MemorySegment connection, int reason, MemorySegment opaque) {
        tell(opaque, LibvirtEvent.Closed::new);
    }

    private static int lifecycle(
            MemorySegment connection, MemorySegment domain, int event, int detail, MemorySegment opaque) {
        long now = System.nanoTime();
        tell(opaque, () -> {
            UUID uuid = LibvirtLibrary.uuid(domain);
            return switch (event) {
                case STARTED -> detail == BOOTED ? new LibvirtEvent.Started(uuid, now) : new LibvirtEvent.Changed(uuid);
                case STOPPED -> new LibvirtEvent.Stopped(uuid);
                default -> new LibvirtEvent.Changed(uuid);
            };
        });
        return 0;
    }

    private static int agent(
            MemorySegment connection, MemorySegment domain, int state, int reason, MemorySegment opaque) {
        tell(opaque, () -> new LibvirtEvent.Agent(LibvirtLibrary.uuid(domain), state == CONNECTED));
        return 0;
    }

    private static void metadata(
            MemorySegment connection, MemorySegment domain, int type, MemorySegment uri, MemorySegment opaque) {
        tell(opaque, () -> new LibvirtEvent.Changed(LibvirtLibrary.uuid(domain)));
    }
}
