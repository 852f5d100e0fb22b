// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.admin;

import dev.bellhop.server.cluster.api.Nodes;
import dev.bellhop.server.cluster.credentials.ClusterKeys;
import dev.bellhop.server.cluster.credentials.Nkey;
import dev.bellhop.server.cluster.credentials.NkeyText;
import dev.bellhop.server.cluster.credentials.UserTokens;
import dev.bellhop.server.store.SqlDatabase;
import dev.bellhop.server.store.sql.SqlEnrolmentStore;
import java.time.Clock;
import java.util.List;

/** Signs for nodes, with the keys of a cluster whose NATS is not there. */
public final class TestEnrolment {
    private TestEnrolment() {}

    public static NodeEnrolment in(SqlDatabase database, Nodes nodes) {
        EnrolmentStore store = new SqlEnrolmentStore(database);
        return new NodeEnrolment(
                store,
                nodes,
                new NodeRevocations(store, keys -> {}),
                new UserTokens(new ClusterKeys(
                        Nkey.generate(NkeyText.Kind.OPERATOR),
                        Nkey.generate(NkeyText.Kind.ACCOUNT),
                        Nkey.generate(NkeyText.Kind.ACCOUNT))),
                new NodeEnrolment.Nats(List.of("tls://nats.example:4222"), "PEM"),
                Clock.systemUTC());
    }
}
