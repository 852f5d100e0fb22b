// SPDX-License-Identifier: Apache-2.0
/**
 * HTTP/1.1, server-sent events and WebSockets, and their failures as exceptions with words for a person. Public for {@link
 * dev.bellhop.api.client} alone: nothing that a caller of the library needs, and it may change with each version.
 */
@NullMarked
package dev.bellhop.api.client.transport;

import org.jspecify.annotations.NullMarked;
