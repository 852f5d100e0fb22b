// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.libvirt;

import static java.lang.foreign.ValueLayout.ADDRESS;

import dev.bellhop.server.hypervisor.libvirt.LibvirtLibrary.Functions;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Libvirt's event loop: one of the process, on a thread of its own, which reads what daemons send unasked and keeps
 * connections alive. It has to be there before the first connection.
 */
final class EventLoop {
    private static final Logger log = LoggerFactory.getLogger(EventLoop.class);
    private static final long PAUSE_MILLIS = 1000;

    private static boolean started;

    private EventLoop() {}

    static synchronized void ensure() {
        if (started) {
            return;
        }
        try {
            // Otherwise libvirt prints every error to stderr, guests' words among them.
            Functions.SET_ERROR_FUNC.invokeExact(
                    MemorySegment.NULL,
                    LibvirtLibrary.callback(
                            MethodHandles.lookup(),
                            EventLoop.class,
                            "ignoreError",
                            MethodType.methodType(void.class, MemorySegment.class, MemorySegment.class),
                            FunctionDescriptor.ofVoid(ADDRESS, ADDRESS)));
            int initialized = (int) Functions.INITIALIZE.invokeExact();
            int registered = (int) Functions.EVENT_REGISTER.invokeExact();
            if (initialized < 0 || registered < 0) {
                throw new IllegalStateException(
                        "libvirt does not start: " + LibvirtLibrary.lastError().message());
            }
        } catch (RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw LibvirtLibrary.broken(e);
        }
        Thread.ofPlatform().name("bellhop-libvirt-events").daemon().start(EventLoop::run);
        started = true;
    }

    private static void run() {
        while (true) {
            try {
                if ((int) Functions.EVENT_RUN.invokeExact() < 0) {
                    log.warn("Libvirt's event loop had trouble and goes on");
                    Thread.sleep(PAUSE_MILLIS);
                }
            } catch (InterruptedException e) {
                return;
            } catch (Throwable e) {
                throw LibvirtLibrary.broken(e);
            }
        }
    }

    @SuppressWarnings("unused")
    private static void ignoreError(MemorySegment data, MemorySegment error) {}
}
