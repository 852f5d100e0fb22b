// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

/**
 * A resource and the state that it was in when it was read.
 *
 * @param etag names the state; send it with your change to keep the changes of others
 */
public record Tagged<T>(T value, String etag) {}
