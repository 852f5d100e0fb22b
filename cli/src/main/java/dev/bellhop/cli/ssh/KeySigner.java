// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.ssh;

import dev.bellhop.cli.command.CliException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Signs with an SSH key, by OpenSSH's ssh-keygen: it asks for a passphrase, the agent, or a touch of the device. */
final class KeySigner {

    private KeySigner() {}

    /** @param publicKey whose private half lies beside it, or is in the agent */
    static String sign(Path publicKey, String namespace, String text) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(
                            "ssh-keygen", "-q", "-Y", "sign", "-n", namespace, "-f", publicKey.toString())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            try (OutputStream in = process.getOutputStream()) {
                in.write(text.getBytes(StandardCharsets.UTF_8));
            }
            String signature = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new CliException(
                        "Cannot prove that you have the key of " + publicKey
                                + " because ssh-keygen did not sign; the private half must be beside that file or in the agent");
            }
            return signature;
        } catch (IOException e) {
            throw new CliException("Cannot prove that you have the key of " + publicKey
                    + " because ssh-keygen cannot be started; install the OpenSSH client");
        }
    }
}
