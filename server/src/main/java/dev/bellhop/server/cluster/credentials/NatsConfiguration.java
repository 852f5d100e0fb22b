// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.credentials;

import java.nio.file.Path;

/**
 * The configuration of the cluster's nats-server, from 2.10 on.
 *
 * @param port that it listens on, at all addresses
 * @param folder where its own files lie when it runs
 */
record NatsConfiguration(
        int port, Path folder, Path certificate, Path key, String operator, Account cluster, Account system) {

    /** An account by its public key, with its token. */
    record Account(String publicKey, String jwt) {}

    String text() {
        return """
                # The NATS server of a Bellhop cluster, for nats-server 2.10 or later. Written by 'bellhop cluster init'.
                # nats-server --config %1$s

                # Nothing else listens: no monitoring, websocket, MQTT or leaf nodes. Leave it so.
                listen: 0.0.0.0:%2$d
                server_name: bellhop-nats

                tls {
                  cert_file: %3$s
                  key_file: %4$s
                  min_version: "1.3"
                  timeout: 5
                }

                # Who may connect, and for what, is said by tokens that API servers sign. There are no other users: add no
                # no_auth_user, and no verify_and_map.
                operator: %5$s
                system_account: %6$s

                # Accounts are kept here, so that a revoked node stays revoked after a restart. The server writes to it.
                resolver {
                  type: full
                  dir: %7$s
                  allow_delete: false
                  interval: "2m"
                }
                resolver_preload {
                  %8$s: %9$s
                  %6$s: %10$s
                }

                # A message has at most 512 KiB; the rest is room for its subject and headers.
                max_payload: 1MB

                # Whoever does not read what it is sent is disconnected, and then knows that something is lost.
                max_pending: 32MB
                write_deadline: "5s"
                ping_interval: "10s"
                ping_max: 2
                """.formatted(
                        quoted(folder.resolve(ClusterFolder.NATS_CONFIGURATION)),
                        port,
                        quoted(certificate),
                        quoted(key),
                        operator,
                        system.publicKey,
                        quoted(folder.resolve("accounts")),
                        cluster.publicKey,
                        cluster.jwt,
                        system.jwt);
    }

    /** In its configuration a string has the escapes of JSON. */
    private static String quoted(Path path) {
        return '"' + path.toString().replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
