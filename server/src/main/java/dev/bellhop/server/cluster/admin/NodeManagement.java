// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.admin;

/** What API servers of a cluster have for those who administer its nodes, and for nodes that join. */
public record NodeManagement(NodeControl control, NodeEnrolment enrolment) {}
