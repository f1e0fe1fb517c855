// A number that is not known before a run: what is expected under the stated assumptions, and what it can't exceed.
export interface Amount {
  expected: number;
  upper: number;
}

export const none: Amount = { expected: 0, upper: 0 };

export const exactly = (value: number): Amount => ({ expected: value, upper: value });

export const sum = (...amounts: readonly Amount[]): Amount => ({
  expected: amounts.reduce((total, { expected }) => total + expected, 0),
  upper: amounts.reduce((total, { upper }) => total + upper, 0),
});

export const times = (amount: Amount, factor: number): Amount => ({
  expected: amount.expected * factor,
  upper: amount.upper * factor,
});
