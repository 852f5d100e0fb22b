// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.libvirt;

import static java.lang.foreign.ValueLayout.ADDRESS;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Libvirt's event loop, on one thread of the process. It reads unsolicited messages from daemons and keeps connections
 * alive, and must run before the first connection is opened.
 */
final class EventLoop {
    private static final Logger log = LoggerFactory.getLogger(EventLoop.class);
    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static boolean started;

    private EventLoop() {}

    static synchronized void ensure() {
        if (started) {
            return;
        }
        // Otherwise libvirt prints every error to stderr, including text from guests.
        LibvirtLibrary.run(
                "virSetErrorFunc",
                MemorySegment.NULL,
                LibvirtLibrary.callback(
                        MethodHandles.lookup(), "ignoreError", FunctionDescriptor.ofVoid(ADDRESS, ADDRESS)));
        try {
            LibvirtLibrary.number("virInitialize");
            LibvirtLibrary.number("virEventRegisterDefaultImpl");
        } catch (LibvirtException e) {
            throw new IllegalStateException("libvirt does not start: " + e.message(), e);
        }
        Thread.ofPlatform().name("bellhop-libvirt-events").daemon().start(EventLoop::run);
        started = true;
    }

    private static void run() {
        while (true) {
            try {
                LibvirtLibrary.number("virEventRunDefaultImpl");
            } catch (LibvirtException e) {
                log.warn("Libvirt's event loop had trouble and goes on");
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    @SuppressWarnings("unused")
    private static void ignoreError(MemorySegment data, MemorySegment error) {}
}
