// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import dev.bellhop.server.vm.VmId;

/** Reports the known state of streams. Thread safe. */
public interface StreamStates {
    /** Knows nothing. */
    StreamStates NONE = vm -> new StreamState.Untried();

    /** Returns the state. Opens no stream and does not block. */
    StreamState state(VmId vm);
}
