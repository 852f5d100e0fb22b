// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.libvirt;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Calls into libvirt's C library, by the names of libvirt/libvirt-*.h. What a function takes follows from the arguments of its
 * first call: pointers, and numbers that are ints in C. Each takes far longer than the boxing does.
 *
 * <p>An error is the calling thread's, so a call and the look at its error have to be made on one platform thread; such a call
 * would hold the carrier of a virtual one.
 */
final class LibvirtLibrary {
    private static final String LIBRARY = "libvirt.so.0";
    private static final String QEMU_LIBRARY = "libvirt-qemu.so.0";

    /** With the zero that ends it. */
    private static final int UUID_BYTES = 37;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final Map<String, MethodHandle> FUNCTIONS = new ConcurrentHashMap<>();

    private LibvirtLibrary() {}

    static void require() throws LibvirtMissingException {
        require(LIBRARY);
        require(QEMU_LIBRARY);
    }

    static void require(String library) throws LibvirtMissingException {
        try {
            lookup(library);
        } catch (IllegalArgumentException e) {
            throw new LibvirtMissingException(library, e);
        }
    }

    @SuppressWarnings("restricted")
    private static SymbolLookup lookup(String library) {
        return SymbolLookup.libraryLookup(library, Arena.global());
    }

    /** A function of ours that libvirt may call, for as long as the process lives. It must throw nothing. */
    @SuppressWarnings("restricted")
    static MemorySegment callback(MethodHandles.Lookup owner, String name, FunctionDescriptor descriptor) {
        try {
            MethodHandle method = owner.findStatic(owner.lookupClass(), name, descriptor.toMethodType());
            return LINKER.upcallStub(method, descriptor, Arena.global());
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(e.getMessage(), e);
        }
    }

    /** What the calling thread's last call went wrong with. */
    static LibvirtException lastError() {
        MemorySegment error = (MemorySegment) call("virGetLastError", ADDRESS);
        if (isNull(error)) {
            return new LibvirtException(0, 0, "libvirt gives no reason");
        }
        MemorySegment fields = sized(error, 72);
        MemorySegment message = fields.get(ADDRESS, 8);
        return new LibvirtException(
                fields.get(JAVA_INT, 0), fields.get(JAVA_INT, 64), isNull(message) ? "" : text(message));
    }

    static boolean isNull(MemorySegment pointer) {
        return pointer.address() == 0;
    }

    @SuppressWarnings("restricted")
    static MemorySegment sized(MemorySegment pointer, long bytes) {
        return pointer.reinterpret(bytes);
    }

    static String text(MemorySegment pointer) {
        return sized(pointer, Long.MAX_VALUE).getString(0);
    }

    /** Calls a function that returns a pointer, and throws libvirt's error where that is null. */
    static MemorySegment pointer(String function, Object... arguments) throws LibvirtException {
        MemorySegment result = (MemorySegment) call(function, ADDRESS, arguments);
        if (isNull(result)) {
            throw lastError();
        }
        return result;
    }

    /** Calls a function that returns a number, and throws libvirt's error where that is negative. */
    static int number(String function, Object... arguments) throws LibvirtException {
        int result = result(function, arguments);
        if (result < 0) {
            throw lastError();
        }
        return result;
    }

    /** As {@link #number}, for callers to judge. */
    static int result(String function, Object... arguments) {
        return (int) call(function, JAVA_INT, arguments);
    }

    /** Calls a function whose result is of no interest, if there is one. */
    static void run(String function, Object... arguments) {
        call(function, null, arguments);
    }

    private static Object call(String name, @Nullable MemoryLayout result, Object... arguments) {
        MethodHandle function = FUNCTIONS.computeIfAbsent(name, called -> bind(called, result, arguments));
        try {
            return function.invokeWithArguments(arguments);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("a call into libvirt failed", e);
        }
    }

    @SuppressWarnings("restricted") // Callers pass what the headers say; anything else could crash the process.
    private static MethodHandle bind(String name, @Nullable MemoryLayout result, Object... arguments) {
        MemoryLayout[] layouts = Stream.of(arguments)
                .map(argument -> argument instanceof Integer ? JAVA_INT : ADDRESS)
                .toArray(MemoryLayout[]::new);
        return LINKER.downcallHandle(
                Libraries.ALL.findOrThrow(name),
                result == null ? FunctionDescriptor.ofVoid(layouts) : FunctionDescriptor.of(result, layouts));
    }

    /** The UUID of a domain. Asks no daemon. */
    static UUID uuid(MemorySegment domain) throws LibvirtException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocate(UUID_BYTES);
            number("virDomainGetUUIDString", domain, text);
            return UUID.fromString(text.getString(0));
        }
    }

    /** Loaded by the first call: servers without libvirt do without. */
    private static final class Libraries {
        static final SymbolLookup ALL = lookup(LIBRARY).or(lookup(QEMU_LIBRARY)).or(LINKER.defaultLookup());
    }
}
