// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client.transport;

/** Something that is no stream of events of ours. */
public final class MalformedException extends RuntimeException {
    private static final long serialVersionUID = 1L;
}
