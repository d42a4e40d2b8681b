"""GARCH, GJR and EGARCH by arch, as its users call it."""

from arch import arch_model

DISTRIBUTIONS = {"normal": "normal", "studentT": "t", "skewedT": "skewt"}


def arch(inputs, parameters):
    percent = 100 * inputs["returns"]
    model = parameters["model"]

    def call():
        frame = arch_model(
            percent,
            mean=parameters["mean"].capitalize(),
            vol="EGARCH" if model == "egarch" else "GARCH",
            p=1,
            o=0 if model == "garch" else 1,
            q=1,
            dist=DISTRIBUTIONS[parameters["innovations"]],
            rescale=False,
        )
        return frame.fit(disp="off").loglikelihood

    return call


PEERS = {"arch": arch}
