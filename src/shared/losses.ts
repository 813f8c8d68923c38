/** How Redis can come to forget: nothing is left, it is from the past, or it may be a backup. */
export const losses = ["wiped", "went_back", "restored"] as const;
export type Loss = (typeof losses)[number];
