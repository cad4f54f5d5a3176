/** The only source of chance. Seeded where a run must repeat. */
export interface Random {
  /** Uniform in [0, 1). */
  unit(): number;
}
