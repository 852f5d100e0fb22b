// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import dev.bellhop.server.vm.VmId;

/** What is known of streams, for whoever wants to tell. Thread safe. */
public interface StreamStates {
    /** Nothing is. */
    StreamStates NONE = vm -> new StreamState.Untried();

    /** Tries nothing, and takes no time. */
    StreamState state(VmId vm);
}
