"""Plan, execute, solve: the parts that the class flow and the DAG share.

The design is ReWOO's: all steps are planned before the first is carried out, and refer to each other's results (Xu et
al., 2023, "ReWOO: Decoupling Reasoning from Observations", https://arxiv.org/abs/2305.18323).
"""
