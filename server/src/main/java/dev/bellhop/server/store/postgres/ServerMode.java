// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

/** Whether a server has its database to itself. Servers of the two modes keep each other out. */
public enum ServerMode {
    SINGLE,
    /** Other servers of the same cluster use the database at the same time. */
    CLUSTER
}
